"""What a reporter answers to the questions of a category: pure Python, kept inside the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.jurisdiction.place import Category
from portal.jurisdiction.tables import Question, QuestionKind, Text

YES, NO = Text("是", "Yes"), Text("否", "No")
YES_NO: Mapping[str, Text] = {"yes": YES, "no": NO}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer with the question as it stood that day, so that it is understood for good."""

    code: str
    question: Text
    answer: Text = field(repr=False)

    @property
    def words(self) -> str:
        """What was answered, for searching and for triage: in both languages where they differ."""
        same = self.answer.zh == self.answer.en
        return self.answer.zh if same else f"{self.answer.zh} {self.answer.en}"

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> "Answer":
        """Read what stands in a content."""
        return cls(kept["code"], Text(**kept["question"]), Text(**kept["answer"]))


def answers_to(category: Category | None, replies: Mapping[str, str]) -> tuple[Answer, ...]:
    """The answers to the category's own questions; replies to others are left out."""
    asked = category.questions if category else ()
    given = ((one, _said(one, replies.get(one.code, ""))) for one in asked)
    return tuple(Answer(one.code, one.text, said) for one, said in given if said)


def _said(question: Question, reply: str) -> Text | None:
    """What a reply means; None for none, and for one that the question does not offer."""
    if question.kind is QuestionKind.YES_NO:
        return YES_NO.get(reply)
    if question.kind is QuestionKind.CHOICE:
        return next((one.text for one in question.choices if one.code == reply), None)
    return Text(reply, reply) if reply else None


def unanswered(category: Category | None, codes: set[str]) -> tuple[str, ...]:
    """The questions of the category that need an answer and have none."""
    asked = category.questions if category else ()
    return tuple(one.code for one in asked if one.required and one.code not in codes)
