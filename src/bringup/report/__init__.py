"""Evidence to people: the live view, the summary, the page, the JSON document. Runs nothing."""
