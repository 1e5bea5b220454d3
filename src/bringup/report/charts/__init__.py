"""Charts as inline SVG: pure functions from data to markup. Colours come from the page's CSS."""
