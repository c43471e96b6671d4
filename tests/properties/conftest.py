"""How long Hypothesis may look: enough to find what is there, short enough to run with every change."""

from hypothesis import HealthCheck, Phase, settings

# Examples share one transaction and make rows of their own in it, so a fixture of the test is theirs together.
settings.register_profile(
    "books",
    deadline=None,
    derandomize=True,
    # Examples are small as they are drawn; making them smaller would take minutes of database work.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("books")
