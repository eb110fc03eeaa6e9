"""The board: which takes of a project are shown, in which order, and what is shown of each."""
