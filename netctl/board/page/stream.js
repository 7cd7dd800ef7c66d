// What the server tells: each message is handed to those who asked for its part.

export function listen(parts, onLink) {
  const source = new EventSource("events");
  source.addEventListener("open", () => onLink("live"));
  source.addEventListener("error", () => onLink(source.readyState === EventSource.CLOSED ? "closed" : "lost"));
  for (const [name, take] of Object.entries(parts)) {
    source.addEventListener(name, (event) => take(JSON.parse(event.data)));
  }
}
