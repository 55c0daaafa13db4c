"""The static site: everything the atlas knows, in English and Chinese, as files that need no server and no network.

>>> from euthymia.site import build_site
"""

from euthymia.site.build import build_site
from euthymia.site.joining import JoinedRun

__all__ = ["JoinedRun", "build_site"]
