"""The form of what one person hears of: topics for each environment that they may see."""

from __future__ import annotations

from typing import Any

from django import forms

from deploys.models import Environment, Subscription, Topic, User
from deploys.notifications.messages import place_of
from deploys.notifications.reasons import topic_choices


class TopicsForm(forms.Form):
    """One group of boxes for each environment."""

    def __init__(self, data: Any = None, *, user: User) -> None:
        self.places = list(
            Environment.objects.seen_by(user).select_related("site").order_by("site__name", "position", "pk").distinct()
        )
        chosen = {row.environment_id: row.topics for row in Subscription.objects.filter(user=user)}
        super().__init__(data)
        for place in self.places:
            self.fields[f"e{place.pk}"] = forms.MultipleChoiceField(
                label=place_of(place),
                required=False,
                choices=topic_choices(for_a_team=False),
                initial=chosen.get(place.pk, []),
                widget=forms.CheckboxSelectMultiple,
            )

    def chosen(self) -> dict[Environment, list[Topic]]:
        """What was chosen, by environment. Call it after `is_valid`."""
        return {place: [Topic(name) for name in self.cleaned_data[f"e{place.pk}"]] for place in self.places}
