"""Publishers in app.yaml: where reports are filed."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr

from bot.app_yaml.forms import EXAMPLE_GUID, ApiAddress, Guid, Section, each_once, number, page_address, pem, says

LOGIN = "https://login.microsoftonline.com/"
GRAPH = "https://graph.microsoft.com/"
SITE_PATH = re.compile(
    r"(?!/(?:sites|teams)$)(/(sites|teams)/[^/]+)?(/[^/.]+)*"
)  # subsites have more parts; a page has a dot
PLAIN_NAME = r"[^\W_][\w -]*"  # letters, digits, spaces, hyphens: what lists, folders and their addresses all take


def _site_address(value: object) -> object:
    """Take the address of a site as the browser shows it, without a page of it; "" is none."""
    if not isinstance(value, str) or value == "":
        return value
    address = page_address(value)
    if not SITE_PATH.fullmatch(unquote(urlsplit(str(address)).path)):
        raise ValueError("the address of a site alone, without what follows /sites/NAME")
    return address


def _trimmed(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


SiteAddress = Annotated[str, BeforeValidator(_site_address)]
Prefix = Annotated[str, BeforeValidator(_trimmed), Field(pattern=rf"^({PLAIN_NAME})?$", max_length=40)]
FileFormat = Literal["csv", "xlsx", "json"]
FolderName = Annotated[str, BeforeValidator(_trimmed), Field(pattern=rf"^{PLAIN_NAME}$", max_length=100)]


class FolderSettings(Section):
    """Reports as files. Without a path they stand in the store's folder; a store that forgets has none."""

    enabled: bool = says(True, "true or false", "false")
    path: Path | None = says(None, "the path of a folder, or null for reports in store.folder", "fortress-reports")
    formats: Annotated[tuple[FileFormat, ...], BeforeValidator(each_once)] = says(
        ("csv", "xlsx"), "a list of some of csv, xlsx and json", ["csv", "xlsx"], min_length=1
    )
    jobs: Annotated[tuple[FileFormat, ...], BeforeValidator(each_once)] = says(
        ("csv",), "a list of some of csv, xlsx and json, or []", ["csv"]
    )
    keep: int = number(9, 1, 1000, of=" of readings")


class SharePointSettings(Section):
    """Reports as lists and files of a site, through Microsoft Graph."""

    enabled: bool = says(False, "true or false", "true")
    site: SiteAddress = says("", "the address of a site", "https://contoso.sharepoint.com/sites/backups")
    app_id: Guid = says("", "the application (client) id of an app in Entra", EXAMPLE_GUID)
    tenant_id: Guid = says("", "the id of the directory (tenant) of the site", EXAMPLE_GUID)
    prefix: Prefix = says("Fortress", "what the names of lists begin with: letters, digits, spaces and hyphens")
    jobs_list: bool = says(False, "true or false", "true")
    folder: FolderName = says("Fortress", "the name of a folder: letters, digits, spaces and hyphens")
    formats: Annotated[tuple[Literal["csv", "xlsx"], ...], BeforeValidator(each_once)] = says(
        ("xlsx", "csv"), "a list of csv and xlsx, or []", ["xlsx", "csv"]
    )
    managed_identity: bool = says(False, "true or false", "true")
    login: ApiAddress = says(LOGIN, "an address that begins with https://", LOGIN)
    graph: ApiAddress = says(GRAPH, "an address that begins with https://", GRAPH)
    secret_file: str = says("", "a readable file that holds the secret alone", "/run/secrets/sharepoint")
    secret: SecretStr | None = says(
        None, "the app's client secret, from a variable or a file", "FORTRESS_SHAREPOINT_SECRET=… ./fortress serve"
    )
    certificate_file: str = says(
        "", "a readable PEM file with the certificate and its key", "/run/secrets/sharepoint.pem"
    )
    certificate: Annotated[SecretStr | None, BeforeValidator(pem)] = says(
        None,
        "the app's certificate and its key as PEM text, from a variable or a file",
        'FORTRESS_SHAREPOINT_CERTIFICATE="$(cat sharepoint.pem)" ./fortress serve',
    )


class PublishersSettings(Section):
    """Where reports are filed after each reading."""

    folder: FolderSettings = FolderSettings()
    sharepoint: SharePointSettings = SharePointSettings()
