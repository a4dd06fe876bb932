import { expect, test } from "vitest";
import { isSharedByHosts } from "@sightline/shared/capacity/shared-by-hosts";

test.each([
  ["a database beside the fleet", { instance: "pg-1:9187" }, ["web-1", "web-2"], true],
  ["one on a machine of it", { instance: "web-1:9187" }, ["web-1", "web-2"], false],
  ["one by another exporter's port", { instance: "10.0.0.7:9187" }, ["10.0.0.7:9100"], false],
  ["one by another address", { instance: "10.0.0.8:9187" }, ["10.0.0.7:9100"], true],
  ["one by its name with the domain", { instance: "web-1.example.com:9187" }, ["Web-1"], false],
  ["one by IPv6", { instance: "[::1]:9187" }, ["[::1]:9100"], false],
  ["one at localhost", { instance: "localhost:9187" }, ["web-1"], false],
  ["one at a loopback address", { instance: "127.0.0.1:9187" }, ["web-1"], false],
  ["one at the loopback address of IPv6", { instance: "[::1]:9187" }, ["web-1"], false],
  ["what names no machine", { service_name: "web" }, ["web-1"], false],
  ["where no machine is known", { instance: "pg-1:9187" }, [], false],
])("%s is shared by hosts or not", (_, labels, machines, isShared) => {
  expect(isSharedByHosts(labels, new Set(machines))).toBe(isShared);
});
