import {
  applyWhatsappEvent,
  dispatchCampaign,
  pumpEvents,
  reconcileDelivery,
  sendDeliveries,
  sendWebhook,
} from '@pramaan/core/delivery'

export const deliveryJobs = {
  'delivery.dispatch': dispatchCampaign,
  'delivery.send': sendDeliveries,
  'delivery.reconcile': reconcileDelivery,
  'delivery.apply-event': applyWhatsappEvent,
  'delivery.pump-events': pumpEvents,
  'delivery.send-webhook': sendWebhook,
}
