"""What the views that finish a ceremony can refuse, in whichever dialect."""

from app.core.webauthn.errors import (
    BackupEligibilityChanged,
    ChallengeUnknown,
    CounterWentBack,
    CredentialMissing,
    CredentialTaken,
    CredentialUnknown,
    CredentialUnusable,
    RegistrationRefused,
    SignInRefused,
    UserNotVerified,
    UserNotVerifiedAtRegistration,
)

IN_REGISTRATION = (
    ChallengeUnknown,
    RegistrationRefused,
    UserNotVerifiedAtRegistration,
    CredentialTaken,
)
IN_AUTHENTICATION = (
    CredentialMissing,
    ChallengeUnknown,
    SignInRefused,
    UserNotVerified,
    CredentialUnknown,
    CredentialUnusable,
    CounterWentBack,
    BackupEligibilityChanged,
)
