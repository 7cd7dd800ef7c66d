// What the server tells: each message is handed to who asked for its part, with the moment it came.

export function listen(parts, onLink) {
  const source = new EventSource("events");
  source.addEventListener("open", () => onLink("live"));
  source.addEventListener("error", () => onLink(source.readyState === EventSource.CLOSED ? "closed" : "lost"));
  for (const [name, take] of Object.entries(parts)) {
    source.addEventListener(name, (event) => {
      const since = performance.now();
      take(JSON.parse(event.data), since);
    });
  }
}
