"""The templates of pages: HTML, CSS and JavaScript."""
