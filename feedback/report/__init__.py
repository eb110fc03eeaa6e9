"""The morning report: what a studio chose on a day, what its model learned, and what that cost, as numbers and as pages.

`morning` puts it together; `rendering` makes Markdown, a page and mail of it. Nothing here loads a model, and nothing of open
trials is read but that they are open.
"""
