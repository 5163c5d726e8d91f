"""`manifold demo`: the main job, run on one machine from end to end."""
