"""The key that the peer signs with."""

KEY = b"bench-peer-key-of-at-least-32-bytes!"
