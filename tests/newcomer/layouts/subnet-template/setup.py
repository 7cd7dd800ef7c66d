"""Never run by netctl: it would say so."""

from setuptools import find_packages, setup

setup(name="template", version="0.1", packages=find_packages(), python_requires=">=3.9,<3.12")
