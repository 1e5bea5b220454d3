"""SVG elements as safe markup: whatever is not markup already is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return one element. ``class_`` means class, ``stroke_width`` means stroke-width.

    Children that are not ``Markup`` are text and are escaped; so are all attribute values.
    An attribute that is None is left out.
    """
    written = Markup("").join(
        # A line break in an attribute must be a character reference: XML makes it a space.
        Markup(' {}="{}"')
        .format(key.rstrip("_").replace("_", "-"), _value(value))
        .replace("\n", Markup("&#10;"))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    # ``name`` is always a literal of ours.
    return Markup(f"<{name}{written}>{inner}</{name}>")


def picture(
    width: float,
    height: float,
    *children: str,
    label: str,
    class_: str = "",
    stretched: bool = False,
) -> Markup:
    """Return a whole ``<svg>`` as wide as its place; ``label`` is for screen readers.

    A ``stretched`` one keeps the height that the page's CSS gives it.
    """
    return tag(
        "svg",
        *children,
        class_=f"chart {class_}".strip(),
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        preserveAspectRatio="none" if stretched else None,
        aria_label=label,
    )


def words(x: float, y: float, text: str, *, class_: str = "", anchor: str = "start") -> Markup:
    """Return a line of text with its baseline at ``y``."""
    return tag("text", text, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def number(value: float) -> str:
    """Return a coordinate without needless digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _value(value: str | float) -> str:
    return number(value) if isinstance(value, (int, float)) else value
