"""The flags that triage can raise before it routes, as a closed list: what a row may ask for.

The words that staff read for each are in `portal.casework.words`.
"""

from typing import Final

FLAGS: Final = frozenset(
    {
        # The reporter's safety.
        *("insider", "retaliation_risk", "reporter_fear", "safety_of_reporter"),
        *("small_group_identifiability", "contact_inbox_only", "confidentiality_high"),
        # The matter.
        *(
            "minors_affected",
            "near_school",
            "priority_region",
            "in_progress",
            "time_pattern",
            "multi_venue",
        ),
        *("multi_region", "region_ambiguous", "network_lead", "import", "extortion"),
        *("advise_police", "consumer_dispute", "consumer_dispute_component", "signpost"),
        "repeat_contact",
        # Evidence.
        *("evidence_offered", "will_assist", "capture_url", "do_not_capture"),
        *("do_not_request_copy", "csam_suspected", "restricted_access", "sensitive_content"),
        *("link_only_files", "no_attachment_fetch"),
        # Other people.
        *("redact_before_transfer", "purge_third_party_pii", "third_party_personal_data"),
        # Rights.
        *("rightsholder", "reported_party", "has_poa", "has_ownership_proof", "separate_dossier"),
        *("notice_complete_512c3", "notice_incomplete", "no_work_identified", "possible_misuse"),
        *("due_process", "clock_10_14_business_days"),
        # Scope, and the conduct of an office.
        *("protected_expression", "protected_belief", "do_not_forward", "conflict_of_interest"),
        # The text.
        *("spam", "abusive_language", "obfuscated_text", "needs_normalisation"),
        *("prompt_injection", "html_injection", "sql_injection", "csv_injection"),
        *("template_injection", "bidi_override", "remote_image"),
    }
)
