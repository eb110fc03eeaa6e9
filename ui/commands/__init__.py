"""The commands of `circletake`, one module per part of a studio's day.

Modules import nothing heavy at their top, so that `circletake --help` answers at once.
"""
