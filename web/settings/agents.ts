// A browser's User-Agent as people know it: "Firefox, Windows". What is not recognised stays as it is, shortened.

const browsers: [RegExp, string][] = [[/\bEdg(?:A|iOS)?\//, "Edge"], [/\bOPR\//, "Opera"], [/\bSamsungBrowser\//, "Samsung Internet"], [/\b(?:Firefox|FxiOS)\//, "Firefox"], [/\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\//, "Chrome"], [/\bSafari\//, "Safari"]];
const systems: [RegExp, string][] = [[/\b(?:iPhone|iPad)\b/, "iOS"], [/\bAndroid\b/, "Android"], [/\bWindows\b/, "Windows"], [/\bMac OS X\b/, "macOS"], [/\bCrOS\b/, "ChromeOS"], [/\bLinux\b/, "Linux"]];
const longest = 40;

export function agentName(agent: string): string {
  const browser = browsers.find(([pattern]) => pattern.test(agent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(agent))?.[1];
  if (browser) return system ? `${browser}, ${system}` : browser;
  const first = agent.split(" ")[0] ?? "";
  return first.length > longest ? `${first.slice(0, longest)}…` : first;
}
