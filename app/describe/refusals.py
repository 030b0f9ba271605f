"""What guarded acts, and views that finish a ceremony or judge a proof, can refuse."""

from app.core.account_errors import WrongPassword
from app.core.mfa.errors import (
    CodeWrong,
    ProofNotTaken,
    RecoveryCodeWrong,
    StepUpRequired,
)
from app.core.passkeys import PasskeysDisabled
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
from app.errors import SessionRequired

# Of a guarded act.
STEP_UP = (StepUpRequired, SessionRequired)
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
IN_PROOF = (
    *(CodeWrong, RecoveryCodeWrong, ProofNotTaken, WrongPassword, PasskeysDisabled),
    *IN_AUTHENTICATION,
)
