"""A message by email, plain and HTML, through Django's mail (docs.djangoproject.com, Sending email)."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.template.loader import render_to_string

from deploys.notifications.channels.errors import Answer, Refused, Unavailable
from deploys.notifications.messages import Message

MOST_SUBJECT = 200
_PERMANENT = 500  # SMTP replies from here on will be the same next time (RFC 5321, 4.2.1)


def send(message: Message, *, address: str) -> Answer:
    """Hand the mail to the mail server. Raises NotDelivered."""
    if not address:
        raise Refused("Nobody knows a mail address of this person: an admin can enter one.")
    if not settings.EMAIL_IS_SET_UP:
        raise Refused("Sending mail is not set up here: EMAIL_URL is missing.")
    mail = build(message, address=address)
    try:
        mailers.default.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        raise _recipient_refused(error) from error
    except smtplib.SMTPAuthenticationError as error:
        raise Unavailable(
            "The mail server does not accept our user name and password.", status=error.smtp_code
        ) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The mail server could not be reached ({type(error).__name__}).") from error
    return Answer(words="The mail server took it.")


def build(message: Message, *, address: str) -> EmailMultiAlternatives:
    """The mail. Its Message-ID is the same in every try, by which mail programs know a repeat."""
    context = {"message": message}
    headers = {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated", "X-Buildhub-Id": str(message.id)}
    if message.stop_url:
        # RFC 8058: one press in the mail program ends these messages.
        headers["List-Unsubscribe"] = f"<{message.stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split())[:MOST_SUBJECT],
        body=render_to_string("emails/message.txt", context).strip() + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("emails/message.html", context), "text/html")
    return mail


def message_id(message: Message) -> str:
    """A Message-ID of ours (RFC 5322, 3.6.4), at the domain of the sender."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "buildhub.invalid"
    return f"<{message.id}@{domain}>"


def _recipient_refused(error: smtplib.SMTPRecipientsRefused) -> Refused | Unavailable:
    code, words = next(iter(error.recipients.values()), (_PERMANENT, b""))
    return _answered(code, words)


def _answered(code: int, words: bytes | str) -> Refused | Unavailable:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    sentence = f"The mail server answered {code} {' '.join(said.split())[:160]}."
    return Refused(sentence, status=code) if code >= _PERMANENT else Unavailable(sentence, status=code)
