import type { Receiver } from "@sightline/shared/alerting/receiver";
import type { ChannelHealth, DeadLetter, Delivery, TemplateFile, TestedIntegration } from "@sightline/shared/api/receiver-responses";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** Of Project: where notifications go, how that goes, and what they say. */
export interface ReceiversRpc {
  receivers(): Promise<readonly Receiver[]>;
  putReceiver(by: Principal, receiver: Receiver): Promise<Result<Receiver>>;
  deleteReceiver(by: Principal, name: string): Promise<Result<null>>;
  /** Sends a test now; one outcome an integration. */
  testReceiver(by: Principal, name: string): Promise<Result<readonly TestedIntegration[]>>;
  receiverHealth(): Promise<readonly ChannelHealth[]>;
  /** Newest first. */
  deliveries(receiver: string, limit: number): Promise<readonly Delivery[]>;
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
  retryDeadLetter(by: Principal, id: number): Promise<Result<null>>;
  discardDeadLetter(by: Principal, id: number): Promise<Result<null>>;
  templates(): Promise<readonly TemplateFile[]>;
  putTemplate(by: Principal, file: TemplateFile): Promise<Result<TemplateFile>>;
  deleteTemplate(by: Principal, name: string): Promise<Result<null>>;
}
