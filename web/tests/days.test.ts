// Days and their instants, over changes of the clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, addMonths, countDays, dayOf, daysOf, dayStart, isDay, monthEnd, rangeOf } from "../lib/days.ts";

test("days and months", () => {
  assert.equal(addDays("2026-02-28", 1), "2026-03-01");
  assert.equal(addMonths("2026-01-31", 1), "2026-02-01");
  assert.equal(monthEnd("2026-02-10"), "2026-02-28");
  assert.equal(addMonths("2026-01-01", -1), "2025-12-01");
  assert.equal(countDays("2026-02-01", "2026-02-28"), 28);
  assert.equal(countDays("2026-02-02", "2026-02-01"), 0);
  assert.deepEqual(daysOf("2026-02-27", "2026-03-01"), ["2026-02-27", "2026-02-28", "2026-03-01"]);
  assert.ok(isDay("2026-02-28") && !isDay("2026-02-30") && !isDay("28.2.2026") && !isDay(undefined));
});

test("where a day begins", () => {
  assert.equal(dayStart("2026-02-01", "UTC"), "2026-02-01T00:00:00.000Z");
  assert.equal(dayStart("2026-02-01", "Asia/Tokyo"), "2026-01-31T15:00:00.000Z");
  assert.equal(dayStart("2026-07-01", "America/New_York"), "2026-07-01T04:00:00.000Z");
  // the night of the change, and the day after it
  assert.equal(dayStart("2026-03-29", "Europe/Berlin"), "2026-03-28T23:00:00.000Z");
  assert.equal(dayStart("2026-03-30", "Europe/Berlin"), "2026-03-29T22:00:00.000Z");
  // Beirut goes forward at midnight: the day begins at one o'clock
  assert.equal(dayOf(dayStart("2026-03-29", "Asia/Beirut"), "Asia/Beirut"), "2026-03-29");
  assert.equal(dayOf(Date.parse(dayStart("2026-03-29", "Asia/Beirut")) - 1, "Asia/Beirut"), "2026-03-28");
  assert.equal(dayOf("2026-01-31T15:00:00Z", "Asia/Tokyo"), "2026-02-01");
});

test("inclusive days as a half-open range", () => {
  assert.deepEqual(rangeOf("2026-02-01", "2026-02-28", "UTC"), { from: "2026-02-01T00:00:00.000Z", to: "2026-03-01T00:00:00.000Z" });
});
