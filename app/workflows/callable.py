"""Which workflows another may call, by the component that they begin with."""

CALLABLE_TRIGGERS = ("workflow_trigger", "subflow_trigger", "manual_trigger")
