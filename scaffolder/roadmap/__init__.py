"""The roadmap as data, and the reader of TOML files that people write.

Imports nothing of ours but `errors`.
"""
