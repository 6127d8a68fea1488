"""How well a detector works: metrics, tables by slice, curves and the page that shows them.

`metrics` needs numpy alone; `tables` needs pandas and `page` matplotlib (`pip install "autowritten[evaluate]"`).
"""
