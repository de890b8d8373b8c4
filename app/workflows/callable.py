"""Which workflows another may call, by the component that they begin with."""

CALLABLE_TRIGGERS = ("workflow_trigger", "subflow_trigger", "manual_trigger")
CALLABLE = f"{', '.join(CALLABLE_TRIGGERS[:-1])} or {CALLABLE_TRIGGERS[-1]}"  # in a sentence
