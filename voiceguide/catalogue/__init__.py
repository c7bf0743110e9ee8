"""Many sessions, built on one machine or many, in a folder or a bucket.

Nothing outside this folder and the command imports it. Dask and obstore are imported only where they are used.
"""
