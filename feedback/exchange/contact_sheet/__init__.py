"""The contact sheet: fonts and lines of any script, cells, pages of a PDF, and the same pages as PNG."""
