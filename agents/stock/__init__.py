"""Stock of shops, hubs and fields as columns: phases, pipelines, and the programme that orders them."""
