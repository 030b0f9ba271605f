"""The ceremonies of WebAuthn Level 3: what is read, checked and verified."""
