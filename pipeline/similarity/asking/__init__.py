"""An analyst's questions: peers, why two firms are alike, since when, and the map of all."""
