"""Documents that contain text: HTML, DOCX and ODT. Each is converted to plain text, with Markdown for its structure."""
