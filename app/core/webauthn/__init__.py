"""The ceremonies of WebAuthn Level 3: reading, checking and verifying."""
