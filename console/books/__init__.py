"""Pages of the books: they read several apps, so they stand above them all. Nothing here changes a row."""
