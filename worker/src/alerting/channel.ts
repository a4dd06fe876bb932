/** One integration of one receiver: what is sent in order. The editor has one. */
export interface Channel {
  readonly receiver: string;
  readonly integration: number;
}

export const channelKey = ({ receiver, integration }: Channel): string => `${receiver}/${integration}`;
