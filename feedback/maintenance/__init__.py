"""Is the studio healthy?"""
