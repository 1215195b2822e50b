"""The templates of pages: HTML and CSS."""
