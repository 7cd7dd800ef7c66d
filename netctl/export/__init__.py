"""Files that run a fleet's neurons without netctl: for systemd, pm2, Compose or Kubernetes.

Pure: nothing is read or written here.

Each target is a module with ``files``, what there shall be, and ``how``, the commands to type then.
"""
