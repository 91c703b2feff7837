"""What the pages of hand-overs say: what may be done with one, in plain sentences."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords

PASS_ON = ActWords(
    _l("Pass it on to another body"),
    _l(
        "What you choose is packed into one file with a list and hashes. Nothing leaves by this"
        " page: you save the bundle, send it by the way of the other body, and record that it went."
    ),
    _l("Prepare the bundle"),
)

HAND_OVER_ACTS: Mapping[str, ActWords] = {
    "announce": ActWords(
        _l("Announce it by e-mail"),
        _l(
            "The message names the number and says that papers wait or come;"
            " nothing of the matter is in it."
        ),
        _l("Send the message"),
    ),
    "send": ActWords(
        _l("Record that it went"),
        _l("The time for an answer begins, and the reporter reads who has the matter."),
        _l("Record that it went"),
    ),
    "send_again": ActWords(
        _l("It did not go"),
        _l("You have made sure that the message never arrived. It can be sent once more then."),
        _l("It did not go"),
    ),
    "receive": ActWords(
        _l("Record their receipt"),
        _l("The other body has confirmed that it has the matter."),
        _l("Record the receipt"),
    ),
    "answer": ActWords(
        _l("Record their answer"),
        _l(
            "What the other body wrote stays in the file."
            " The reporter reads what you write for them."
        ),
        _l("Record the answer"),
    ),
    "return": ActWords(
        _l("Record that it came back"),
        _l(
            "The other body says that it is not its matter."
            " What the reporter was promised first is due on the same day as before."
        ),
        _l("Record that it came back"),
    ),
    "withdraw": ActWords(
        _l("Take it back"),
        _l(
            "The matter is not passed on to this body, or not any more."
            " Tell it so yourself if it has the papers."
        ),
        _l("Take it back"),
    ),
}

REFERRAL_ACTS: Mapping[str, ActWords] = {
    "refer": ActWords(
        _l("Propose the transfer to the police"),
        _l("The head decides within days. The bundle then holds the papers of the file."),
        _l("Propose it"),
    ),
    "approve": ActWords(
        _l("Approve the transfer to the police"),
        _l("The bundle is packed, and has to be handed over within 24 hours."),
        _l("Approve"),
    ),
    "refuse": ActWords(
        _l("Refuse the transfer to the police"),
        _l("The case goes on with your unit. Your reason stays in the file."),
        _l("Refuse"),
    ),
    "withdraw": ActWords(
        _l("Withdraw the transfer to the police"),
        _l(
            "The transfer is over: from now on nothing goes to the police, and the case waits no"
            " longer. Your reason stays in the file."
        ),
        _l("Withdraw it"),
    ),
    "hand-over": ActWords(
        _l("Record the hand-over to the police"),
        _l("The case waits for the police from now on, and cannot be closed meanwhile."),
        _l("Record it"),
    ),
    "answer": ActWords(
        _l("Record the answer of the police"),
        _l("The case waits no more."),
        _l("Record the answer"),
    ),
}
