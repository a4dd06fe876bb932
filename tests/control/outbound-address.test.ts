import { describe, expect, it } from "vitest";
import { outboundPolicy, refusalOf } from "../../worker/src/alerting/outbound-address.ts";

const closed = { allowed: [] };

describe("where webhooks may go", () => {
  it.each(["https://hooks.example.org/a", "http://example.org:8080/", "https://8.8.8.8/", "https://[2606:4700::1111]/"])(
    "%s is public",
    (url) => {
      expect(refusalOf(url, closed)).toBeNull();
    },
  );

  it.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://localhost/",
    "http://a.localhost./",
    "http://10.0.0.8/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::a00:1]/",
    "http://intranet/",
    "http://db.internal/",
    "http://printer.local/",
    "http://localhost.localdomain/",
    "http://[::127.0.0.1]/",
    "http://[::a00:1]/",
  ])("%s is not", (url) => {
    expect(refusalOf(url, closed)).toMatch(/private/);
  });

  it.each(["ftp://example.org/", "file:///etc/passwd", "https://user:secret@example.org/", "nonsense"])("%s is no webhook", (url) => {
    expect(refusalOf(url, closed)).not.toBeNull();
  });

  it("a name of a private network may be called once a range is open; the network then judges its address", () => {
    for (const name of ["vm", "alertbot", "bot.receivers.internal", "printer.local", "nas.lan"]) {
      expect(refusalOf(`http://${name}:9/`, outboundPolicy("10.0.0.0/8"))).toBeNull();
      expect(refusalOf(`http://${name}:9/`, closed)).toContain(`--allow-outbound ${name},10.0.0.0/8`);
    }
  });

  it("where --allow-outbound names some, other private names stay closed, and public ones open", () => {
    const policy = outboundPolicy("receivers.internal, alertbot,10.0.0.0/8");
    for (const name of ["alertbot", "receivers.internal", "a.receivers.internal", "example.org"])
      expect(refusalOf(`http://${name}/`, policy)).toBeNull();
    for (const name of ["vm", "evilreceivers.internal", "db.internal"])
      expect(refusalOf(`http://${name}/`, policy)).toBe(
        `${name} is a name of a private network that --allow-outbound does not name: it names receivers.internal, alertbot.`,
      );
    expect(refusalOf("http://169.254.169.254/", policy)).toMatch(/private address/);
  });

  it("an opened network is open, its neighbours are not", () => {
    const open = { allowed: ["127.0.0.0/8", "fd00::/16"] };
    expect(refusalOf("http://127.0.0.1:9/", open)).toBeNull();
    expect(refusalOf("http://localhost:9/", open)).toBeNull();
    expect(refusalOf("http://[fd00::7]/", open)).toBeNull();
    expect(refusalOf("http://10.0.0.1/", open)).not.toBeNull();
  });
});
