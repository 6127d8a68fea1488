"""The report: scored posts as one HTML page that needs no network.

    files -> posts (`posts`) -> counts, accounts, campaigns (`data`) -> words' shading (`evidence`) -> page (`page`)

Everything a browser needs is in the file: style, script, pictures, and all posts, compressed.
"""
