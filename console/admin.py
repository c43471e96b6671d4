"""People and roles: who may open the console. The only rows of the console that a person may edit; none is deleted."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from console import failures
from console.books import accounts, gateway_accounts, plans, transactions, wallets

# Each registers its pages when it is imported.
__all__ = ["accounts", "failures", "gateway_accounts", "plans", "transactions", "wallets"]

admin.site.unregister(User)
admin.site.unregister(Group)


class _NeverDeleted(ModelAdmin):
    """A person who leaves is made inactive: what they did keeps their name."""

    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(_NeverDeleted, UserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    ordering = ("username",)


@admin.register(Group)
class RoleAdmin(_NeverDeleted, GroupAdmin):
    ordering = ("name",)
