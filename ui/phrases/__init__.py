"""Sentences in the language that is spoken, for pages and for routes that answer with a part of one."""
