"""What is known: reviewed tables with typed readers. Every row says where it comes from."""
