// Loaded into every service of `npm start`: when the shop's own process is gone, however it ended, so is the service.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
