"""Errors of the account rules: names, passwords, registration, roles.

AccountError              400
├── WrongPassword         UsernameTaken         RegistrationClosed
├── InvitesOff            InviteInvalid         AccountUnknown
├── LastAdministrator     TokenUnreadable
└── AlreadySetUp          SetupCodeNeeded       403
"""

from app.errors import AppError


class AccountError(AppError):
    code = "account_error"
    status = 400


class WrongPassword(AccountError):
    code = "wrong_password"
    sentence = "Wrong username or password."


class UsernameTaken(AccountError):
    code = "username_taken"
    sentence = "This username is taken. Choose another one."


class RegistrationClosed(AccountError):
    code = "registration_closed"
    sentence = "New accounts are not open here. Ask an administrator for one."


class InvitesOff(AccountError):
    code = "invites_off"
    sentence = "Invite codes are not in use here. Leave the code out."


class InviteInvalid(AccountError):
    code = "invite_invalid"
    sentence = "This invite code is wrong, used up or expired. Ask for a new one."


class AccountUnknown(AccountError):
    code = "account_unknown"
    sentence = "There is no such account."


class LastAdministrator(AccountError):
    code = "last_administrator"
    sentence = (
        "This is the last SUPERADMIN who is not disabled. Give somebody else that role first."
    )


class AlreadySetUp(AccountError):
    code = "already_set_up"
    status = 403
    sentence = "This service is set up already. Sign in instead."


WHERE = 'The server\'s log has a link with one ("/setup?code="); that of any start will do.'


class SetupCodeNeeded(AccountError):
    code = "setup_code_needed"
    status = 403
    sentence = f"The first account needs a set-up code. {WHERE}"


class TokenUnreadable(AccountError):
    code = "token_unreadable"
    sentence = "Your API token can no longer be read. Make a new one."
