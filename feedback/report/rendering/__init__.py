"""The morning report for people: one document of sections, as Markdown, as HTML, and as mail.

`document` says what is in it, in the language that its words are in; the templates only say how that looks.
"""
