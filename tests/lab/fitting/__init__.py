"""The numbers of judgement: fitted to drawn incidents, and measured on those that were left out."""
