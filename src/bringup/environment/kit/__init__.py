"""An offline kit: one archive that becomes the project's environments on a machine without network.

``pack`` writes it; ``install.py`` and ``install.sh`` go into it as they are.
"""
