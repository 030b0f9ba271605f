"""The words that settings with a choice may have."""

from typing import Literal

Registration = Literal["closed", "invite", "open"]
UserVerification = Literal["required", "preferred", "discouraged"]
Clerk = Literal["on", "off", "development"]
MfaPolicy = Literal["optional", "enrolled", "required"]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]
