"""Production trackers: shots come from them, takes go to them as previews, statuses and notes go both ways.

`tracker` is what each of them can do, `syncing` what is done with it, safe to repeat. Kitsu and Flow are one module each.
"""
